package io.sluice.admin;

import io.sluice.config.RouteSpec;
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
@RequestMapping(path = "/api/v1/routes", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "routes")
final class RoutesController {
  private final Changes changes;
  private final ResourceCalls calls;
  private final Views views;

  RoutesController(Changes changes, ResourceCalls calls, Views views) {
    this.changes = changes;
    this.calls = calls;
    this.views = views;
  }

  @GetMapping
  @Operation(operationId = "listRoutes", summary = "Lists routes by id")
  ResponseEntity<byte[]> list(Call call) {
    InForce now = changes.inForce();
    var page = Pages.of(call, changes.world(now).routes(), RouteSpec::id, route -> true);
    return Answers.page(call, page, now.revision().number(), views::route);
  }

  @PostMapping
  @Operation(operationId = "createRoute", summary = "Makes a route, behind all others")
  ResponseEntity<byte[]> create(Call call) {
    return calls.post(call, this::resource, RouteSpec::id, "status");
  }

  @GetMapping("/{id}")
  @Operation(operationId = "getRoute", summary = "Shows a route")
  ResponseEntity<byte[]> get(Call call, @PathVariable("id") String id) {
    return calls.get(call, resource(id));
  }

  @PutMapping("/{id}")
  @Operation(
      operationId = "putRoute",
      summary = "Replaces a route, or makes it with If-None-Match: *")
  ResponseEntity<byte[]> put(Call call, @PathVariable("id") String id) {
    return calls.put(call, resource(id));
  }

  @PatchMapping("/{id}")
  @Operation(operationId = "patchRoute", summary = "Changes members of a route by a merge patch")
  ResponseEntity<byte[]> patch(Call call, @PathVariable("id") String id) {
    return calls.patch(call, resource(id));
  }

  @DeleteMapping("/{id}")
  @Operation(operationId = "deleteRoute", summary = "Removes a route")
  ResponseEntity<byte[]> delete(Call call, @PathVariable("id") String id) {
    return calls.delete(call, resource(id));
  }

  private Resource<RouteSpec> resource(String id) {
    return new RouteResource(id, views);
  }
}
