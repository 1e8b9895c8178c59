package io.sluice.control;

/** What a data plane has observed and its successor should know. */
public record PlaneMemory() {}
