package io.sluice.control;

import io.sluice.config.Snapshot;
import io.sluice.store.Revision;

/** The snapshot that requests are served by. */
public record InForce(Revision revision, Snapshot snapshot) {}
