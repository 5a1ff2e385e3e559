/** An error that the service answers with. `code` is what clients see as its name. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = 'ServiceError';
    this.code = code;
    this.status = status;
  }
}

export const validationError = (message: string) => new ServiceError('ValidationException', message);
export const serializationError = (message: string) => new ServiceError('SerializationException', message);
export const resourceInUse = (message: string) => new ServiceError('ResourceInUse', message);
export const resourceNotFound = (message: string) => new ServiceError('ResourceNotFound', message);
export const limitExceeded = (message: string) => new ServiceError('ResourceLimitExceeded', message);
export const throttled = () => new ServiceError('ThrottlingException', 'Rate exceeded');
export const unknownOperation = () => new ServiceError('UnknownOperationException', 'The operation is unknown');
