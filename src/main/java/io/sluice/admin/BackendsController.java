package io.sluice.admin;

import io.sluice.admin.World.Placed;
import io.sluice.config.BackendSpec;
import io.sluice.control.InForce;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Backends as resources; how they are taken out of service is {@link DrainController}'s. */
@RestController
@RequestMapping(path = "/api/v1", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "backends")
final class BackendsController {
  private final Changes changes;
  private final ResourceCalls calls;
  private final Views views;
  private final Live live;

  BackendsController(Changes changes, ResourceCalls calls, Views views, Live live) {
    this.changes = changes;
    this.calls = calls;
    this.views = views;
    this.live = live;
  }

  @GetMapping("/backends")
  @Operation(
      operationId = "listBackends",
      summary = "Lists the backends of all pools by pool and id, with what is observed of each")
  ResponseEntity<byte[]> list(Call call) {
    InForce now = changes.inForce();
    return page(call, now, changes.world(now).backends());
  }

  @GetMapping("/pools/{pool}/backends")
  @Operation(
      operationId = "listPoolBackends",
      summary = "Lists the backends of one pool by id, with what is observed of each")
  ResponseEntity<byte[]> listOfPool(Call call, @PathVariable("pool") String pool) {
    InForce now = changes.inForce();
    changes.needPool(pool);
    return page(call, now, changes.world(now).backendsOf(pool));
  }

  /** Asks the data plane only for pools that are on the page, or that a filter must look at. */
  private ResponseEntity<byte[]> page(Call call, InForce now, List<Placed> all) {
    Map<String, Live.OfPool> observed = new HashMap<>();
    Predicate<Placed> wanted =
        BackendFilter.of(
            call.query("q"),
            call.query("state"),
            placed -> observed.computeIfAbsent(placed.pool().id(), live::of));
    return Answers.page(
        call,
        Pages.of(call, all, Placed::key, wanted),
        now.revision().number(),
        placed ->
            views.backend(
                placed.pool().id(),
                placed.backend(),
                observed.computeIfAbsent(placed.pool().id(), live::of)));
  }

  @PostMapping("/pools/{pool}/backends")
  @Operation(operationId = "createBackend", summary = "Adds a backend to a pool")
  ResponseEntity<byte[]> create(Call call, @PathVariable("pool") String pool) {
    Function<String, Resource<BackendSpec>> at =
        id -> {
          changes.needPool(pool);
          return resource(pool, id);
        };
    return calls.post(call, at, BackendSpec::id, "status", "pool");
  }

  @GetMapping("/pools/{pool}/backends/{id}")
  @Operation(operationId = "getBackend", summary = "Shows a backend and what is observed of it")
  ResponseEntity<byte[]> get(
      Call call, @PathVariable("pool") String pool, @PathVariable("id") String id) {
    changes.needBackend(pool, id);
    return calls.get(call, resource(pool, id));
  }

  @PutMapping("/pools/{pool}/backends/{id}")
  @Operation(
      operationId = "putBackend",
      summary = "Replaces a backend, or adds it with If-None-Match: *")
  ResponseEntity<byte[]> put(
      Call call, @PathVariable("pool") String pool, @PathVariable("id") String id) {
    changes.needPool(pool);
    return calls.put(call, resource(pool, id));
  }

  @PatchMapping("/pools/{pool}/backends/{id}")
  @Operation(
      operationId = "patchBackend",
      summary = "Changes members of a backend by a merge patch")
  ResponseEntity<byte[]> patch(
      Call call, @PathVariable("pool") String pool, @PathVariable("id") String id) {
    changes.needPool(pool);
    return calls.patch(call, resource(pool, id));
  }

  private BackendResource resource(String pool, String id) {
    return new BackendResource(pool, id, views);
  }
}
