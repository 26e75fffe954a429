namespace CloudStream.Http.Tests.Fuzz;

/// <summary>Tests that measure what the whole process allocates run alone.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class AloneCollection;
