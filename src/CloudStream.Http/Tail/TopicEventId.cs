using CloudStream.Http.Formats;
using CloudStream.Records;

namespace CloudStream.Http.Tail;

/// <summary>
/// The resume token of all positions as they are now: for each record while it is small, now and then where it is large. Who comes back
/// with an older one gets again what was sent since.
/// </summary>
internal sealed class TopicEventId(Guid topicId, IReadOnlyList<TailPosition> positions) : IEventId
{
    // A token that is larger comes once for so many bytes of records that it is some 6 % of them at most.
    private const int SmallBytes = 1024, BytesBetweenLarge = 64 * 1024;

    private readonly ResumeTokenWriter _token = new(topicId, positions);
    private long _sentSince;
    private bool _isLarge;
    private bool _isDue;

    public ReadOnlySpan<byte> Next(in Record record) => _isLarge && !_isDue && _sentSince < BytesBetweenLarge ? default : Now();

    public void Sent(long bytes) => _sentSince += bytes;

    public void Demand() => _isDue = true;

    /// <summary>
    /// Tells the client where to resume if records were sent since it was told: at once, or with the next record where the format has no
    /// other place for it.
    /// </summary>
    public async ValueTask TellAsync(IRecordWriter writer, CancellationToken cancellationToken)
    {
        if (_sentSince == 0)
            return;
        if (!writer.HasMarks)
        {
            Demand();
            return;
        }

        writer.Mark(Now());
        await writer.FlushAsync(cancellationToken);
    }

    /// <summary>The token, whether it is time or not.</summary>
    public ReadOnlySpan<byte> Now()
    {
        var token = _token.Write();
        (_isLarge, _isDue, _sentSince) = (token.Length > SmallBytes, false, 0);
        return token;
    }
}
