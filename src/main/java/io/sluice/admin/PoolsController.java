package io.sluice.admin;

import io.sluice.config.PoolSpec;
import io.sluice.control.InForce;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping(path = "/api/v1/pools", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "pools")
final class PoolsController {
  private final Changes changes;
  private final ResourceCalls calls;
  private final Views views;

  PoolsController(Changes changes, ResourceCalls calls, Views views) {
    this.changes = changes;
    this.calls = calls;
    this.views = views;
  }

  @GetMapping
  @Operation(operationId = "listPools", summary = "Lists pools by id")
  ResponseEntity<byte[]> list(Call call) {
    InForce now = changes.inForce();
    var page = Pages.of(call, changes.world(now).pools(), PoolSpec::id, pool -> true);
    return Answers.page(call, page, now.revision().number(), views::pool);
  }

  @PostMapping
  @Operation(operationId = "createPool", summary = "Makes a pool")
  ResponseEntity<byte[]> create(Call call) {
    return calls.post(call, this::resource, PoolSpec::id, "status");
  }

  @GetMapping("/{pool}")
  @Operation(operationId = "getPool", summary = "Shows a pool with its backends and its status")
  ResponseEntity<byte[]> get(Call call, @PathVariable("pool") String pool) {
    return calls.get(call, resource(pool));
  }

  @PutMapping("/{pool}")
  @Operation(
      operationId = "putPool",
      summary = "Replaces a pool and its backends, or makes it with If-None-Match: *")
  ResponseEntity<byte[]> put(Call call, @PathVariable("pool") String pool) {
    return calls.put(call, resource(pool));
  }

  @PatchMapping("/{pool}")
  @Operation(operationId = "patchPool", summary = "Changes members of a pool by a merge patch")
  ResponseEntity<byte[]> patch(Call call, @PathVariable("pool") String pool) {
    return calls.patch(call, resource(pool));
  }

  @DeleteMapping("/{pool}")
  @Operation(
      operationId = "deletePool",
      summary = "Removes a pool that no route names, at once; requests in flight finish")
  ResponseEntity<byte[]> delete(Call call, @PathVariable("pool") String pool) {
    return calls.delete(call, resource(pool));
  }

  private Resource<PoolSpec> resource(String pool) {
    return new PoolResource(pool, views);
  }
}
