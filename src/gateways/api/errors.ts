import { defineErrors } from '../../http/errors.ts';

export const gatewayErrors = defineErrors({
  gateway_unauthorized: {
    status: 401,
    message: 'Connect with the id and the token of a registered gateway as HTTP Basic.',
  },
  upgrade_required: {
    status: 426,
    message: 'This path is for gateways: a WebSocket with the sub-protocol ari.',
  },
});
