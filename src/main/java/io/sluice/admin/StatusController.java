package io.sluice.admin;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping(path = "/api/v1/status", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "status")
final class StatusController {
  private final Overview overview;

  StatusController(Overview overview) {
    this.overview = overview;
  }

  @GetMapping
  @Operation(operationId = "getStatus", summary = "Shows in one look how Sluice and traffic are")
  ResponseEntity<byte[]> get(Call call) {
    return Answers.ok(overview.now());
  }
}
