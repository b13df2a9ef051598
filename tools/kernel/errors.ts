export type KernelErrorCode = 'KERNEL_OPTION_INVALID' | 'KERNEL_NO_PACKAGE' | 'KERNEL_NO_MEMORY' | 'KERNEL_NO_STATUS'

/** Why a guest could not be had, or did not say how its command ended; `code` is stable. */
export class KernelError extends Error {
  readonly code: KernelErrorCode

  constructor(code: KernelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'KernelError'
    this.code = code
  }
}
