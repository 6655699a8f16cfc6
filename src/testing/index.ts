export { TestRig, type TestRigOptions } from './test-rig.ts';
export type { SwitchInput } from '../sandbox-gateway/switches.ts';
