package io.sluice.admin;

import io.sluice.store.Accounts.Token;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Bearer tokens for automation. */
@RestController
@RequestMapping("/api/v1/tokens")
class TokenController {
  private final Tokens tokens;
  private final AuditTrail audit;

  TokenController(Tokens tokens, AuditTrail audit) {
    this.tokens = tokens;
    this.audit = audit;
  }

  /**
   * A wanted token.
   *
   * @param expiresIn for instance {@code P30D}; null: it never expires
   */
  record TokenRequest(@Nullable String name, @Nullable String role, @Nullable String expiresIn) {}

  /**
   * A token without its secret.
   *
   * @param lastUsed to the minute; null: never
   */
  record TokenView(
      String id,
      String name,
      String role,
      String createdBy,
      Instant createdAt,
      @Nullable Instant expiresAt,
      @Nullable Instant lastUsed) {

    static TokenView of(Token token) {
      return new TokenView(
          token.id(),
          token.name(),
          token.role(),
          token.createdBy(),
          token.createdAt(),
          token.expiresAt(),
          token.lastUsed());
    }
  }

  /**
   * A token that was made.
   *
   * @param token its text; it is shown only here
   */
  record NewTokenView(
      String id, String name, String role, @Nullable Instant expiresAt, String token) {}

  /** All tokens. */
  record TokenList(List<TokenView> items) {}

  @GetMapping
  Mono<TokenList> list() {
    return Blocking.call(() -> new TokenList(tokens.list().stream().map(TokenView::of).toList()));
  }

  @PostMapping
  Mono<ResponseEntity<NewTokenView>> make(
      @RequestBody TokenRequest body, ServerWebExchange exchange) {
    String name = Fields.name("/name", body.name());
    Role role = Fields.role("/role", body.role());
    Duration expiresIn = Fields.duration("/expiresIn", body.expiresIn());
    return Blocking.call(
        () -> {
          Tokens.Made made = tokens.make(name, role, Caller.of(exchange).name(), expiresIn);
          Token token = made.token();
          audit.applied(
              exchange,
              Caller.actor(exchange),
              "token %s (%s) made with role %s".formatted(token.id(), name, role.word()));
          String base = exchange.getRequest().getPath().contextPath().value();
          return ResponseEntity.created(URI.create(base + "/api/v1/tokens/" + token.id()))
              .body(
                  new NewTokenView(token.id(), name, token.role(), token.expiresAt(), made.text()));
        });
  }

  @DeleteMapping("/{id}")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  Mono<Void> remove(@PathVariable String id, ServerWebExchange exchange) {
    return Blocking.run(
        () -> {
          if (!tokens.remove(id)) {
            throw new ProblemException(
                HttpStatus.NOT_FOUND, "not-found", "There is no token of this id.");
          }
          audit.applied(exchange, Caller.actor(exchange), "token " + id + " revoked");
        });
  }
}
