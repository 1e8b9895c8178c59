package io.sluice.admin;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.sluice.config.Configuration;
import io.sluice.config.Snapshot;
import io.sluice.store.Accounts.Token;
import io.sluice.store.Accounts.User;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A management plane as security sees it: who calls, with which name, by which way. */
final class GuardedPlane extends RunningPlane {
  static final String PASSWORD = "correct horse battery";

  private static final List<MeterBinder> METERS =
      List.of(registry -> Counter.builder("made.by.the.test").register(registry).increment(7));

  /** Made once: a hash takes a while. */
  private static final String HASH = Passwords.hash(PASSWORD);

  GuardedPlane() throws Exception {
    this("/", "");
  }

  GuardedPlane(String basePath, String yaml) throws Exception {
    this(admin(basePath), yaml);
  }

  GuardedPlane(Configuration.Admin admin, String yaml) throws Exception {
    super(
        new Setup(
            configuration(Configuration.Mode.MANAGED, admin, new Snapshot(List.of(), List.of())),
            yaml,
            METERS,
            EventFeed.HEARTBEAT));
  }

  static Configuration.Admin admin(String basePath) {
    return new Configuration.Admin(
        ANY_PORT, basePath, null, null, List.of("sluice.test"), List.of());
  }

  /** Adds a user with {@link #PASSWORD}. */
  void user(String name, Role role) {
    accounts.addUser(new User(name, role.word(), HASH, clock.instant(), clock.instant(), null));
  }

  /** A token that is stored. */
  Token token(String id) {
    return Objects.requireNonNull(accounts.token(id));
  }

  /** A call that the test completes, with a body when there is one. */
  HttpRequest.Builder call(String method, String path, @Nullable String json) {
    return unnamed(method, path, json);
  }

  /** A call by somebody without a name. */
  HttpResponse<String> anonymous(String method, String path) throws Exception {
    return send(call(method, path, null));
  }

  /** A call by a token of this role. */
  HttpResponse<String> as(Role role, String method, String path, @Nullable String json)
      throws Exception {
    return send(call(method, path, json).header("Authorization", "Bearer " + tokenOf(role)));
  }

  /** A call by a token of this role. */
  HttpResponse<String> as(Role role, String method, String path) throws Exception {
    return as(role, method, path, null);
  }

  /** Logs in. */
  HttpResponse<String> login(String name, String password) throws Exception {
    return send(
        call(
            "POST",
            "/api/v1/session",
            "{\"username\":\"%s\",\"password\":\"%s\"}".formatted(name, password)));
  }
}
