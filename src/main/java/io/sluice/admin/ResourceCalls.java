package io.sluice.admin;

import io.sluice.config.Snapshot;
import io.sluice.config.SnapshotDocument.InvalidException;
import io.sluice.control.ChangeException;
import io.sluice.control.ConfigChange;
import io.sluice.control.InForce;
import io.sluice.store.Revision;
import io.sluice.store.SnapshotStore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;

/**
 * The calls that every resource has, with their conditions. A condition is looked at in the edit,
 * where nothing else changes the snapshot: of two clients that have read the same state one wins.
 */
final class ResourceCalls {
  private final Changes changes;
  private final SnapshotStore store;
  private final IdempotencyKeys keys;

  ResourceCalls(Changes changes, SnapshotStore store, IdempotencyKeys keys) {
    this.changes = changes;
    this.store = store;
    this.keys = keys;
  }

  <T> ResponseEntity<byte[]> get(Call call, Resource<T> resource) {
    T spec = resource.find(changes.inForce().snapshot());
    if (spec == null) {
      throw missing(resource);
    }
    return Answers.read(call, Etags.of(resource.write(spec)), resource.view(spec));
  }

  /** Replaces what is there, or with {@code If-None-Match: *} makes it. */
  <T> ResponseEntity<byte[]> put(Call call, Resource<T> resource) {
    Map<String, @Nullable Object> document = call.json();
    document.remove("status");
    identify(document, resource.id());
    T spec = read(resource, document);
    if (call.creates()) {
      return create(call, resource, spec, true);
    }
    List<String> ifMatch = condition(call, resource, true);
    ConfigChange.Edit edit =
        inForce -> {
          check(resource, inForce.snapshot(), ifMatch);
          return resource.replace(inForce.snapshot(), spec);
        };
    return change(call, resource, edit);
  }

  /**
   * Makes something of a document that says its id itself.
   *
   * @param at the resource with an id
   * @param id of a record
   * @param foreign members that are shown with it and are not its own
   */
  <T> ResponseEntity<byte[]> post(
      Call call, Function<String, Resource<T>> at, Function<T, String> id, String... foreign) {
    return keys.run(
        call,
        () -> {
          Map<String, @Nullable Object> document = call.json();
          for (String member : foreign) {
            if (document.containsKey(member)) {
              throw Refusals.readOnly(member, "it is shown, and cannot be set");
            }
          }
          T spec = read(at.apply(""), document);
          return create(call, at.apply(id.apply(spec)), spec, false);
        });
  }

  private <T> ResponseEntity<byte[]> create(
      Call call, Resource<T> resource, T spec, boolean precondition) {
    ConfigChange.Edit edit =
        inForce -> {
          if (precondition && resource.find(inForce.snapshot()) != null) {
            throw ChangeException.of(
                ChangeException.Kind.STALE, "stale", resource.name() + " exists already");
          }
          return resource.add(inForce.snapshot(), spec);
        };
    return run(
        call,
        resource,
        edit,
        now ->
            Answers.created(
                call.location(resource.path()), Etags.of(resource.write(now)), resource.view(now)));
  }

  <T> ResponseEntity<byte[]> patch(Call call, Resource<T> resource) {
    Map<String, @Nullable Object> patch = call.mergePatch();
    if (patch.containsKey("status")) {
      throw Refusals.readOnly("status", "it is what Sluice observes");
    }
    if (patch.containsKey("id") && !resource.id().equals(patch.get("id"))) {
      throw idDiffers();
    }
    List<String> ifMatch = condition(call, resource, false);
    ConfigChange.Edit edit =
        inForce -> {
          T before = check(resource, inForce.snapshot(), ifMatch);
          Object patched = MergePatch.apply(resource.write(before), patch);
          try {
            return resource.replace(inForce.snapshot(), resource.read(asObject(patched)));
          } catch (InvalidException e) {
            throw ChangeException.invalid(e.violations());
          }
        };
    return change(call, resource, edit);
  }

  <T> ResponseEntity<byte[]> delete(Call call, Resource<T> resource) {
    List<String> ifMatch = condition(call, resource, false);
    ConfigChange.Edit edit =
        inForce -> {
          check(resource, inForce.snapshot(), ifMatch);
          return resource.remove(inForce.snapshot());
        };
    try {
      return changes.run(call, edit, outcome -> Answers.nothing());
    } catch (ChangeException e) {
      throw refused(resource, e);
    }
  }

  private <T> ResponseEntity<byte[]> change(
      Call call, Resource<T> resource, ConfigChange.Edit edit) {
    return run(
        call,
        resource,
        edit,
        now -> Answers.tagged(200, Etags.of(resource.write(now)), resource.view(now)));
  }

  private <T> ResponseEntity<byte[]> run(
      Call call,
      Resource<T> resource,
      ConfigChange.Edit edit,
      Function<T, ResponseEntity<byte[]>> done) {
    try {
      return changes.run(
          call,
          edit,
          outcome -> done.apply(Objects.requireNonNull(resource.find(outcome.now().snapshot()))));
    } catch (ChangeException e) {
      throw refused(resource, e);
    }
  }

  /** The condition of a write; without one the call is refused. */
  <T> List<String> condition(Call call, Resource<T> resource, boolean mayCreate) {
    List<String> ifMatch = call.field(HttpHeaders.IF_MATCH);
    if (ifMatch != null) {
      return ifMatch;
    }
    if (!mayCreate && resource.find(changes.inForce().snapshot()) == null) {
      throw missing(resource);
    }
    throw Refusals.preconditionRequired(mayCreate);
  }

  /** On the control thread: what is there, when it is what the caller has seen. */
  static <T> T check(Resource<T> resource, Snapshot snapshot, List<String> ifMatch)
      throws ChangeException {
    T now = resource.find(snapshot);
    if (now == null) {
      throw ChangeException.of(
          ChangeException.Kind.NOT_FOUND, "not-found", "there is no " + resource.name());
    }
    if (!Etags.matches(ifMatch, Etags.of(resource.write(now)))) {
      throw ChangeException.of(
          ChangeException.Kind.STALE,
          "stale",
          resource.name() + " has changed since it was read; read it again and repeat the change");
    }
    return now;
  }

  /** A refusal as a problem; a stale one with what is there now and who made it so. */
  <T> ProblemException refused(Resource<T> resource, ChangeException e) {
    if (e.kind() != ChangeException.Kind.STALE) {
      return Problems.ofChange(e);
    }
    InForce inForce = changes.inForce();
    Map<String, Object> extra = new LinkedHashMap<>();
    T now = resource.find(inForce.snapshot());
    if (now != null) {
      extra.put("current", resource.view(now));
      extra.put("currentEtag", Etags.of(resource.write(now)));
    }
    Revision by = resource.changedBy(store);
    extra.put("changedBy", Views.changedBy(by == null ? inForce.revision() : by));
    return Refusals.stale(String.valueOf(e.getMessage()), extra);
  }

  /** A record from a document of the caller's. */
  static <T> T read(Resource<T> resource, Map<String, @Nullable Object> document) {
    try {
      return resource.read(document);
    } catch (InvalidException e) {
      throw Refusals.invalid(e);
    }
  }

  private static void identify(Map<String, @Nullable Object> document, String id) {
    Object given = document.putIfAbsent("id", id);
    if (given != null && !given.equals(id)) {
      throw idDiffers();
    }
  }

  private static ProblemException idDiffers() {
    return Refusals.readOnly("id", "it differs from the path's; an id never changes");
  }

  static ProblemException missing(Resource<?> resource) {
    return Refusals.of(404, "not-found", "there is no " + resource.name());
  }

  @SuppressWarnings("unchecked") // a merge of two objects is one, with names as its keys
  private static Map<String, @Nullable Object> asObject(@Nullable Object patched) {
    return (Map<String, @Nullable Object>) Objects.requireNonNull(patched);
  }
}
