import { fromPromise } from "xstate";

/**
 * Names the output and input types of a job, or of a child of a registered kind, in a machine's `setup({ actors })`. The logic itself
 * is bound in src/actors; a machine never runs it, so being called is a mistake of wiring.
 */
export function declaredLogic<Output, Input>() {
  return fromPromise<Output, Input>(() => Promise.reject(new Error("this actor source runs only in the durable runtime")));
}
