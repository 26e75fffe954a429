namespace CloudStream.Records;

/// <summary>
/// Walks the consecutive batches of a buffer by their headers; never reads past the buffer, never throws for bad data, allocates nothing.
/// It does not check the CRC.
/// </summary>
public ref struct RecordBatchEnumerator
{
    private readonly ReadOnlySpan<byte> _batches;
    private int _next;

    public RecordBatchEnumerator(ReadOnlySpan<byte> batches) => _batches = batches;

    /// <summary>Why the last <see cref="MoveNext"/> returned what it did.</summary>
    public BatchReadStatus Status { get; private set; }

    /// <summary>Position of the current batch in the buffer; after the walk ended, of the batch that ended it.</summary>
    public int CurrentStart { get; private set; }

    /// <summary>Header of the current batch. Only after <see cref="MoveNext"/> returned true.</summary>
    public readonly RecordBatchHeader Current => new(CurrentBytes);

    /// <summary>The current batch, header included. Only after <see cref="MoveNext"/> returned true.</summary>
    public readonly ReadOnlySpan<byte> CurrentBytes => _batches[CurrentStart.._next];

    /// <summary>Goes to the next whole batch; false at the end or at a batch that is no whole batch.</summary>
    public bool MoveNext()
    {
        if (Status != BatchReadStatus.Ok)
            return false;
        CurrentStart = _next;
        Status = Judge(_batches[_next..], out var totalBytes);
        _next += totalBytes;
        return Status == BatchReadStatus.Ok;
    }

    private static BatchReadStatus Judge(ReadOnlySpan<byte> rest, out int totalBytes)
    {
        totalBytes = 0;
        if (rest.IsEmpty)
            return BatchReadStatus.End;
        if (rest.Length < RecordBatchLayout.HeaderBytes)
            return BatchReadStatus.Incomplete;
        var header = new RecordBatchHeader(rest);

        // The magic is judged before the length: older formats have shorter headers, and the better answer for them is the format.
        if (header.Magic != RecordBatchLayout.CurrentMagic)
            return BatchReadStatus.BadMagic;
        if (header.BatchLength is < RecordBatchLayout.MinBatchLength or > int.MaxValue - RecordBatchLayout.LogOverheadBytes)
            return BatchReadStatus.BadLength;
        if (header.TotalBytes > rest.Length)
            return BatchReadStatus.Incomplete;
        totalBytes = header.TotalBytes;
        return BatchReadStatus.Ok;
    }
}
