package io.sluice.admin;

import io.sluice.store.Accounts.User;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** People who log in by a password. */
@RestController
@RequestMapping("/api/v1/users")
class UserController {
  private final Users users;
  private final Passwords passwords;
  private final AuditTrail audit;

  UserController(Users users, Passwords passwords, AuditTrail audit) {
    this.users = users;
    this.passwords = passwords;
    this.audit = audit;
  }

  /** A wanted user. */
  record UserRequest(@Nullable String name, @Nullable String role, @Nullable String password) {
    @Override
    public String toString() {
      return "user " + name;
    }
  }

  /** What changes of a user; what is left out stays. */
  record UserPatch(@Nullable String role, @Nullable String password) {
    @Override
    public String toString() {
      return "patch of a user";
    }
  }

  /** A user without the password's hash. */
  record UserView(
      String name, String role, Instant createdAt, Instant changedAt, @Nullable Instant lastLogin) {

    static UserView of(User user) {
      return new UserView(
          user.name(), user.role(), user.createdAt(), user.changedAt(), user.lastLogin());
    }
  }

  /** All users. */
  record UserList(List<UserView> items) {}

  @GetMapping
  Mono<UserList> list() {
    return Blocking.call(() -> new UserList(users.list().stream().map(UserView::of).toList()));
  }

  @PostMapping
  Mono<ResponseEntity<UserView>> add(@RequestBody UserRequest body, ServerWebExchange exchange) {
    String name = Fields.name("/name", body.name());
    Role role = Fields.role("/role", body.role());
    String password = Fields.password("/password", body.password());
    return passwords.run(
        () -> {
          User user = users.add(name, role, password);
          audit.applied(
              exchange,
              Caller.actor(exchange),
              "user %s added with role %s".formatted(name, role.word()));
          String base = exchange.getRequest().getPath().contextPath().value();
          return ResponseEntity.created(URI.create(base + "/api/v1/users/" + name))
              .body(UserView.of(user));
        });
  }

  @PatchMapping("/{name}")
  Mono<UserView> change(
      @PathVariable String name, @RequestBody UserPatch body, ServerWebExchange exchange) {
    Role role = body.role() == null ? null : Fields.role("/role", body.role());
    String password =
        body.password() == null ? null : Fields.password("/password", body.password());
    return passwords.run(
        () -> {
          User user = users.change(name, role, password);
          audit.applied(
              exchange,
              Caller.actor(exchange),
              "user %s changed:%s%s"
                  .formatted(
                      name,
                      role == null ? "" : " role " + role.word(),
                      password == null ? "" : " password"));
          return UserView.of(user);
        });
  }

  @DeleteMapping("/{name}")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  Mono<Void> remove(@PathVariable String name, ServerWebExchange exchange) {
    return Blocking.run(
        () -> {
          users.remove(name);
          audit.applied(exchange, Caller.actor(exchange), "user " + name + " removed");
        });
  }
}
