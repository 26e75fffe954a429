using CloudStream.Http.Problems;
using CloudStream.Records;

namespace CloudStream.Http.Formats;

/// <summary>
/// One output format of records while an answer is written: who writes records knows none of them. All but what waits writes into the
/// answer's buffer and sends nothing; an endless answer sends when <see cref="IsFull"/> says so, and so holds little however slow its
/// client. Used by one logical thread.
/// </summary>
internal interface IRecordWriter : IDisposable
{
    /// <summary>Whether enough is written to be sent.</summary>
    bool IsFull { get; }

    /// <summary>Begins the answer, before its first record.</summary>
    /// <param name="id">Where a client goes on that is cut off before its first record; empty for none. Formats without a place for it
    /// leave it out.</param>
    void Begin(ReadOnlySpan<byte> id);

    /// <summary>Whether the format has a place for <see cref="Mark"/>.</summary>
    bool HasMarks { get; }

    /// <summary>Tells where a client goes on, between two records. Formats without a place for it leave it out.</summary>
    void Mark(ReadOnlySpan<byte> id);

    /// <summary>Writes one record.</summary>
    /// <param name="partition">Its partition.</param>
    /// <param name="record">The record.</param>
    /// <param name="id">Where a client goes on after it; empty for none.</param>
    /// <param name="topic">Its topic where readers cannot know it; null leaves it out.</param>
    void Write(int partition, in Record record, ReadOnlySpan<byte> id = default, string? topic = null);

    /// <summary>Sends what is written and waits for a slow client.</summary>
    ValueTask FlushAsync(CancellationToken cancellationToken);

    /// <summary>Shows that an endless answer is alive. Formats without a place for it send nothing.</summary>
    ValueTask HeartbeatAsync(CancellationToken cancellationToken);

    /// <summary>Says why an endless answer ends, and sends it.</summary>
    ValueTask FailAsync(Problem problem, CancellationToken cancellationToken);

    /// <summary>Ends a page and sends it.</summary>
    /// <param name="place">Where the log stands, for formats that have a place for it; headers tell it, too.</param>
    /// <param name="cancellationToken">Ends the waiting for the client.</param>
    ValueTask EndAsync(LogPlace place, CancellationToken cancellationToken);
}
