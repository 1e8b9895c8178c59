package io.sluice.tls;

/**
 * How TLS handshakes with clients have ended so far.
 *
 * @param full with a certificate
 * @param resumed by a ticket of an earlier one
 * @param failed for want of something in common, a bad certificate, or because it was no TLS
 * @param timedOut not done in the time of a request's head
 */
public record HandshakeCounts(long full, long resumed, long failed, long timedOut) {}
