import type { Action, Target } from "../actions";
export function open(_action: Action, _target: Target): void {}
