namespace CloudStream.Cluster.Producers;

/// <summary>An idempotent producer that has written to a partition.</summary>
/// <param name="Id">Its producer id.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="LastSequence">Sequence of its last record; -1 when unknown.</param>
/// <param name="LastMs">Writer's clock at its last append, milliseconds since 1970 UTC.</param>
public readonly record struct ProducerInfo(long Id, short Epoch, int LastSequence, long LastMs);
