export { createMachine, type Machine, type MachineOptions, runBrillig } from './machine.ts';
