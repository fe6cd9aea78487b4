/** Something the caller gave us on the command line or in a file is wrong; ends the process with exit code 2. */
export class InputFault extends Error {
  override readonly name = "InputFault";
}
