/** What somebody new is called until they choose a name: guests are told apart from the start. */
import { NAMELESS } from './palette.ts';

/** Known everywhere, short, and nobody minds being called so. */
const ANIMALS = (
  'Otter Panda Koala Robin Heron Falcon Dolphin Badger Beaver Lynx Gecko Puffin Swan Crane Tiger Zebra Bison Moose ' +
  'Camel Lemur Finch Raven Seal Whale Turtle Rabbit Hedgehog Squirrel Penguin Sparrow Owl Wombat'
).split(' ');

/** @param random from 0 to below 1 */
export function guestName(random: number): string {
  return `${NAMELESS} ${ANIMALS[Math.floor(random * ANIMALS.length)]}`;
}
