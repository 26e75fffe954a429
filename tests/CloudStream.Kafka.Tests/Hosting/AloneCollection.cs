namespace CloudStream.Kafka.Tests.Hosting;

/// <summary>Tests that count what the whole process does: nothing else runs meanwhile.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class AloneCollection;
