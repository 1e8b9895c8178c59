package io.sluice.admin;

import io.sluice.store.Actor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Who makes a call, once that is proven.
 *
 * @param name a user's or token's name
 * @param how {@code session} or {@code token:ID}
 * @param address the peer's IP address; null: unknown
 * @param expiresAt when the session or token ends by itself; null: never
 * @param ended completes when it is ended or expires; a stream of events ends with it
 */
record Caller(
    String name,
    Role role,
    String how,
    @Nullable String address,
    @Nullable Instant expiresAt,
    Mono<Void> ended) {
  private static final String ATTRIBUTE = Caller.class.getName();
  private static final String CLAIMED = ATTRIBUTE + ".claimed";

  /**
   * The one who makes this call.
   *
   * @throws ProblemException 401 when nobody has proven who they are
   */
  static Caller of(ServerWebExchange exchange) {
    Caller caller = exchange.getAttribute(ATTRIBUTE);
    if (caller == null) {
      throw unproven("This needs a token (Authorization: Bearer sl_...) or a session.");
    }
    return caller;
  }

  /** The role of the one who makes this call; null: nobody has proven who they are. */
  static @Nullable Role roleOf(ServerWebExchange exchange) {
    Caller caller = exchange.getAttribute(ATTRIBUTE);
    return caller == null ? null : caller.role();
  }

  /** The answer to somebody who has not proven who they are. */
  static ProblemException unproven(String detail) {
    return new ProblemException(HttpStatus.UNAUTHORIZED, "unauthenticated", detail)
        .header(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"sluice\"");
  }

  /** For the store: who makes this call, or that nobody is known. */
  static Actor actor(ServerWebExchange exchange) {
    Caller caller = exchange.getAttribute(ATTRIBUTE);
    String claimed = exchange.getAttributeOrDefault(CLAIMED, "anonymous");
    return caller == null
        ? new Actor(claimed, "", "", peer(exchange))
        : new Actor(caller.name(), caller.role().word(), caller.how(), caller.address());
  }

  /** The peer's IP address; null: unknown. */
  static @Nullable String peer(ServerWebExchange exchange) {
    InetSocketAddress remote = exchange.getRequest().getRemoteAddress();
    InetAddress address = remote == null ? null : remote.getAddress();
    return address == null ? null : address.getHostAddress();
  }

  /** Notes for the audit who somebody says to be that has not proven it. */
  static void claim(ServerWebExchange exchange, String name) {
    exchange.getAttributes().put(CLAIMED, AuditTrail.shortened(name));
  }

  /** Makes this the call's caller. */
  void attach(ServerWebExchange exchange) {
    exchange.getAttributes().put(ATTRIBUTE, this);
  }
}
