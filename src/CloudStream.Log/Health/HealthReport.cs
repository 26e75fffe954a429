namespace CloudStream.Log.Health;

/// <summary>How a broker is.</summary>
/// <param name="Troubles">What is wrong now, at most a hundred.</param>
/// <param name="Total">How much is wrong in all.</param>
public sealed record HealthReport(IReadOnlyList<Trouble> Troubles, int Total)
{
    /// <summary>Nothing is wrong.</summary>
    public static HealthReport Sound { get; } = new([], 0);

    /// <summary>Whether something is wrong while requests are served all the same.</summary>
    public bool IsDegraded => Total > 0;

    /// <summary>Why nothing can be written; null while writes are taken.</summary>
    public string? NotWritable => Troubles.FirstOrDefault(t => t.Kind == TroubleKind.NotWritable)?.Detail;
}
