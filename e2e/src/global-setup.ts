/** One product for the whole suite; specs that kill processes find them through its supervisor's pid. */
import { startProduct } from './product.ts';

export default async function globalSetup(): Promise<() => Promise<void>> {
  const product = await startProduct({ environment: { ROOMS_PER_HOUR: '1000' } });
  process.env.E2E_URL = product.url;
  process.env.E2E_SUPERVISOR = String(product.supervisor);
  return async () => {
    await product.stop();
  };
}
