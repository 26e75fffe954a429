namespace CloudStream.Proof;

/// <summary>A property does not hold.</summary>
public sealed class ViolationException(string property, string detail) : Exception($"{property}: {detail}")
{
    /// <summary>Which property; the names stand in docs/PROOF.md.</summary>
    public string Property => property;
}
