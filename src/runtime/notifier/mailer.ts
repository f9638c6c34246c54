import { DeliveryError, type Mailer } from '../../respond/contract.ts';

/** Stands where no way to send mail is configured. */
export const noMailer: Mailer = {
  isConfigured: () => false,
  send: () =>
    Promise.reject(
      new DeliveryError('No way to send mail is configured. Set one up under Settings, Notifications.', false),
    ),
};
