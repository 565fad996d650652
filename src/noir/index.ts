export type { NoirPackage } from './types.ts';
