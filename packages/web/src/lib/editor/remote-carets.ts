/**
 * Where the others' carets and selections stand: drawn in layers beside the text, so that neither a name nor a caret
 * is ever part of it or moves it.
 */
import { EditorSelection, type Extension, StateEffect, StateField } from '@codemirror/state';
import { EditorView, type LayerMarker, layer, RectangleMarker } from '@codemirror/view';
import * as Y from 'yjs';

/** One caret of somebody else in this file. */
export interface RemoteCaret {
  readonly connection: string;
  readonly name: string;
  /** A CSS colour. */
  readonly color: string;
  /** Relative positions as JSON, as they came. */
  readonly anchor: string;
  readonly head: string;
}

/** Milliseconds that a name stays after its caret moved. */
const NAME_MILLISECONDS = 1500;
/** Pixels that a name needs above its line; in the first line it stands below. */
const NAME_HEIGHT = 20;

/** Pixels that a name may be wide. */
const NAME_WIDTH = 160;
/** How near the pointer has to come to a caret, pixels. */
const NEAR = 6;

/** Replaces all carets. */
export const setRemoteCarets = StateEffect.define<readonly RemoteCaret[]>();

const carets = StateField.define<readonly RemoteCaret[]>({
  create: () => [],
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setRemoteCarets)) return effect.value;
    return value;
  },
});

/** Relative positions read once: they come as text of somebody else's making. */
const parsed = new Map<string, Y.RelativePosition | undefined>();
/** Positions that are remembered before starting anew. */
const PARSED_MOST = 500;

function relative(text: string): Y.RelativePosition | undefined {
  if (parsed.has(text)) return parsed.get(text);
  if (parsed.size > PARSED_MOST) parsed.clear();
  let position: Y.RelativePosition | undefined;
  try {
    position = Y.createRelativePositionFromJSON(JSON.parse(text));
  } catch {
    position = undefined;
  }
  parsed.set(text, position);
  return position;
}

function resolve(text: string, type: Y.Text, length: number): number | undefined {
  const position = relative(text);
  if (!position || !type.doc) return undefined;
  try {
    const absolute = Y.createAbsolutePositionFromRelativePosition(position, type.doc);
    return absolute?.type === type ? Math.min(absolute.index, length) : undefined;
  } catch {
    return undefined;
  }
}

/** A position as others can follow it whatever is edited meanwhile. */
export function relativeAt(type: Y.Text, index: number, assoc = 0): string {
  return JSON.stringify(Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(type, index, assoc)));
}

class Block implements LayerMarker {
  readonly rectangle: RectangleMarker;
  readonly color: string;
  constructor(rectangle: RectangleMarker, color: string) {
    this.rectangle = rectangle;
    this.color = color;
  }
  eq(other: LayerMarker): boolean {
    return other instanceof Block && other.color === this.color && other.rectangle.eq(this.rectangle);
  }
  draw(): HTMLElement {
    const element = this.rectangle.draw();
    element.style.setProperty('--person', this.color);
    return element;
  }
}

class Caret implements LayerMarker {
  readonly rectangle: RectangleMarker;
  readonly caret: RemoteCaret;
  /** On which sides its name would be cut. */
  readonly edge: { readonly top: boolean; readonly right: boolean };
  constructor(rectangle: RectangleMarker, caret: RemoteCaret, { scrollTop, clientWidth }: HTMLElement) {
    this.rectangle = rectangle;
    this.caret = caret;
    this.edge = { top: rectangle.top - scrollTop < NAME_HEIGHT, right: rectangle.left + NAME_WIDTH > clientWidth };
  }
  eq(other: LayerMarker): boolean {
    if (!(other instanceof Caret)) return false;
    const { name, color, connection } = other.caret;
    return (
      connection === this.caret.connection &&
      name === this.caret.name &&
      color === this.caret.color &&
      other.edge.top === this.edge.top &&
      other.edge.right === this.edge.right &&
      other.rectangle.eq(this.rectangle)
    );
  }
  draw(): HTMLElement {
    const element = document.createElement('div');
    element.className = 'cm-remote-caret';
    element.dataset.remoteCaret = '';
    element.append(document.createElement('span'));
    this.#adjust(element, true);
    return element;
  }
  update(element: HTMLElement, previous: LayerMarker): boolean {
    if (!(previous instanceof Caret) || previous.caret.connection !== this.caret.connection) return false;
    this.#adjust(element, previous.caret.head !== this.caret.head);
    return true;
  }
  #adjust(element: HTMLElement, moved: boolean): void {
    const { left, top, height } = this.rectangle;
    element.style.left = `${left}px`;
    element.style.top = `${top}px`;
    element.style.height = `${height}px`;
    element.style.setProperty('--person', this.caret.color);
    element.classList.toggle('below', this.edge.top);
    element.classList.toggle('leftward', this.edge.right);
    const label = element.firstElementChild as HTMLElement;
    if (label.textContent !== this.caret.name) label.textContent = this.caret.name;
    if (moved) showName(element);
  }
}

const hiding = new WeakMap<Element, ReturnType<typeof setTimeout>>();

function showName(element: Element): void {
  clearTimeout(hiding.get(element));
  element.classList.add('named');
  hiding.set(
    element,
    setTimeout(() => element.classList.remove('named'), NAME_MILLISECONDS),
  );
}

/** Names the carets beneath the pointer; they take no clicks themselves, which are meant for the text. */
function nameNear(event: MouseEvent, view: EditorView): void {
  for (const caret of view.scrollDOM.querySelectorAll('.cm-remote-caret')) {
    const { left, top, bottom } = caret.getBoundingClientRect();
    const near = Math.abs(event.clientX - left) <= NEAR && event.clientY >= top && event.clientY <= bottom;
    if (near) showName(caret);
  }
}

/** Draws the carets and selections that {@link setRemoteCarets} brought, in one file's text. */
export function remoteCarets(type: Y.Text): Extension {
  const each = <T>(view: EditorView, draw: (anchor: number, head: number, caret: RemoteCaret) => readonly T[]): T[] =>
    view.state.field(carets).flatMap((caret) => {
      const { length } = view.state.doc;
      const head = resolve(caret.head, type, length);
      const anchor = resolve(caret.anchor, type, length) ?? head;
      return head === undefined || anchor === undefined ? [] : draw(anchor, head, caret);
    });
  const changed = (update: {
    docChanged: boolean;
    transactions: readonly { effects: readonly StateEffect<unknown>[] }[];
  }) =>
    update.docChanged ||
    update.transactions.some(({ effects }) => effects.some((effect) => effect.is(setRemoteCarets)));
  return [
    carets,
    layer({
      above: false,
      class: 'cm-remote-selections',
      update: changed,
      markers: (view) =>
        each(view, (anchor, head, caret) =>
          anchor === head
            ? []
            : RectangleMarker.forRange(view, 'cm-remote-selection', EditorSelection.range(anchor, head)).map(
                (rectangle) => new Block(rectangle, caret.color),
              ),
        ),
    }),
    layer({
      above: true,
      class: 'cm-remote-carets',
      update: changed,
      markers: (view) =>
        each(view, (_, head, caret) =>
          RectangleMarker.forRange(view, '', EditorSelection.cursor(head)).map(
            (rectangle) => new Caret(rectangle, caret, view.scrollDOM),
          ),
        ),
    }),
    EditorView.domEventHandlers({ mousemove: nameNear }),
    look,
  ];
}

const look = EditorView.theme({
  '.cm-remote-selection': {
    position: 'absolute',
    backgroundColor: 'color-mix(in srgb, var(--person) 22%, transparent)',
  },
  '.cm-remote-caret': {
    position: 'absolute',
    width: '0',
    pointerEvents: 'none',
    marginLeft: '-1px',
    borderLeft: '2px solid var(--person)',
  },
  '.cm-remote-caret::before': {
    content: '""',
    position: 'absolute',
    top: '-2px',
    left: '-4px',
    width: '6px',
    height: '6px',
    borderRadius: '50%',
    backgroundColor: 'var(--person)',
  },
  '.cm-remote-caret > span': {
    position: 'absolute',
    bottom: '100%',
    left: '-2px',
    boxSizing: 'border-box',
    maxWidth: `${NAME_WIDTH}px`,
    padding: '0 8px',
    borderRadius: 'var(--radius) var(--radius) var(--radius) 0',
    backgroundColor: 'var(--person)',
    color: 'var(--person-label)',
    font: '600 var(--text-small)/18px var(--sans)',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    opacity: '0',
    transition: 'opacity var(--quick)',
  },
  '.cm-remote-caret.below > span': {
    bottom: 'auto',
    top: '100%',
    borderRadius: '0 var(--radius) var(--radius) var(--radius)',
  },
  '.cm-remote-caret.leftward > span': {
    left: 'auto',
    right: '0',
    borderRadius: 'var(--radius) var(--radius) 0 var(--radius)',
  },
  '.cm-remote-caret.below.leftward > span': { borderRadius: 'var(--radius) 0 var(--radius) var(--radius)' },
  '.cm-remote-caret.named > span': { opacity: '1' },
});
