using System.Globalization;

namespace CloudStream.Log.State;

/// <summary>Offsets that an operator gave up because what is stored of them is missing or damaged. Readers pass over them.</summary>
/// <param name="BaseOffset">The first of them.</param>
/// <param name="EndOffset">One past the last.</param>
/// <param name="AtMs">Writer's clock, milliseconds since the epoch.</param>
/// <param name="By">Who did so.</param>
public sealed record AcceptedLoss(long BaseOffset, long EndOffset, long AtMs, string By)
{
    /// <summary>Which offsets, by whom and when, for people.</summary>
    public string Describe()
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(AtMs).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        return $"accepted loss of offsets {BaseOffset} to {EndOffset - 1} by {By} at {at}";
    }
}
