export type LabErrorCode =
  | 'LAB_NAME_INVALID'
  | 'LAB_OPTION_INVALID'
  | 'LAB_EXISTS'
  | 'LAB_UNKNOWN'
  | 'LAB_STATE_INVALID'
  | 'LAB_NO_SUBNET'
  | 'LAB_LOCKED'
  | 'LAB_NOT_ROOT'
  | 'LAB_COMMAND_FAILED'
  | 'LAB_TIMEOUT'

/** What goes wrong with a lab; `code` is stable, the message names the thing and the reason. */
export class LabError extends Error {
  readonly code: LabErrorCode

  constructor(code: LabErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'LabError'
    this.code = code
  }
}
