package io.sluice.handoff;

/**
 * How far the old process is with finishing.
 *
 * @param connections of clients, still open
 * @param requests in flight, tunnels included
 */
public record Progress(int connections, int requests) implements Word {}
