/** The two protocols: AWS JSON 1.1 (SageMaker) and the query protocol with XML answers (STS). */
import type { IncomingHttpHeaders } from 'node:http';
import { ServiceError, serializationError, unknownOperation } from './errors.ts';
import type { Switches } from './switches.ts';

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface Protocol {
  /** @throws ServiceError UnknownOperationException */
  operationOf(request: RawRequest): string;
  /** @throws ServiceError SerializationException */
  parametersOf(request: RawRequest): unknown;
  success(operation: string, output: unknown, requestId: string): Answer;
  failure(error: ServiceError, requestId: string, switches: Switches): Answer;
}

const JSON_TYPE = 'application/x-amz-json-1.1';
const TARGET_PREFIX = 'SageMaker.';

export const jsonProtocol: Protocol = {
  operationOf({ method, path, headers }) {
    const target = headers['x-amz-target'];
    const asked = method === 'POST' && path === '/' && headers['content-type']?.startsWith(JSON_TYPE);
    if (!asked || typeof target !== 'string' || !target.startsWith(TARGET_PREFIX)) throw unknownOperation();
    return target.slice(TARGET_PREFIX.length);
  },

  parametersOf({ body }) {
    try {
      const parsed: unknown = JSON.parse(body === '' ? '{}' : body);
      return parsed;
    } catch {
      throw serializationError('Unexpected token in the request body: it is not JSON');
    }
  },

  success: (_operation, output) => ({ status: 200, contentType: JSON_TYPE, body: JSON.stringify(output) }),

  failure({ code, message, status }, _requestId, { errorTypePrefix, errorMessageKey }) {
    const type = errorTypePrefix === 'namespace' ? `com.amazonaws.sagemaker#${code}` : code;
    return { status, contentType: JSON_TYPE, body: JSON.stringify({ __type: type, [errorMessageKey]: message }) };
  },
};

const STS_NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** STS names these errors otherwise than JSON services do, and answers some with another status. */
const QUERY_ERRORS: Readonly<Record<string, { code: string; status: number }>> = {
  ThrottlingException: { code: 'Throttling', status: 400 },
  AccessDeniedException: { code: 'AccessDenied', status: 403 },
  ExpiredTokenException: { code: 'ExpiredToken', status: 403 },
  UnknownOperationException: { code: 'InvalidAction', status: 400 },
};

export const queryProtocol: Protocol = {
  operationOf({ body }) {
    const action = new URLSearchParams(body).get('Action');
    if (action === null) throw new ServiceError('MissingAction', 'The request has no Action');
    return action;
  },

  parametersOf: ({ body }) => Object.fromEntries(new URLSearchParams(body)),

  success(operation, output, requestId) {
    const result = element(`${operation}Result`, output);
    const metadata = element('ResponseMetadata', { RequestId: requestId });
    return xml(200, `<${operation}Response xmlns="${STS_NAMESPACE}">${result}${metadata}</${operation}Response>`);
  },

  failure(error, requestId) {
    const { code, status } = QUERY_ERRORS[error.code] ?? error;
    const Type = status < 500 ? 'Sender' : 'Receiver';
    const details = element('Error', { Type, Code: code, Message: error.message });
    return xml(
      status,
      `<ErrorResponse xmlns="${STS_NAMESPACE}">${details}${element('RequestId', requestId)}</ErrorResponse>`,
    );
  },
};

const xml = (status: number, body: string): Answer => ({ status, contentType: 'text/xml', body });

function element(name: string, content: unknown): string {
  const inside =
    typeof content === 'object' && content !== null
      ? Object.entries(content)
          .map(([member, value]) => element(member, value))
          .join('')
      : escaped(String(content));
  return `<${name}>${inside}</${name}>`;
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** What a proxy in front of the service might answer. */
export function htmlPage(status: number): Answer {
  const body = `<html><body><h1>${status} Bad Gateway</h1></body></html>\n`;
  return { status, contentType: 'text/html', body };
}
