package io.sluice.admin;

import io.sluice.store.AuditEntry;
import io.sluice.store.AuditLog;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping(path = "/api/v1/audit", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "audit")
final class AuditController {
  private final Changes changes;
  private final AuditLog audit;

  AuditController(Changes changes, Management management) {
    this.changes = changes;
    this.audit = management.audit();
  }

  @GetMapping
  @Operation(operationId = "listAudit", summary = "Lists who did what, newest first")
  ResponseEntity<byte[]> list(Call call) {
    int limit = Pages.limit(call);
    var page = Pages.ofStored(audit.list(Pages.before(call), limit), limit, AuditEntry::number);
    return Answers.page(call, page, changes.inForce().revision().number(), Views::audit);
  }
}
