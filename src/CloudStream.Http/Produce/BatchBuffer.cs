using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using CloudStream.Http.Problems;
using CloudStream.Log.Calls;
using CloudStream.Log.Memory;
using CloudStream.Records;

namespace CloudStream.Http.Produce;

/// <summary>
/// Records of one partition on their way into one append: cut into batches of a moderate size, or kept as one batch where the request asks
/// for that. Pooled memory; not thread-safe.
/// </summary>
internal sealed class BatchBuffer(int maxBatchBytes, bool oneBatch, RecordBatchOptions options) : IDisposable
{
    /// <summary>A batch is closed when it would grow past this, so that readers who want one record do not get megabytes.</summary>
    private const int TargetBatchBytes = 256 * 1024;

    private readonly RecordBatchBuilder _builder = new(options);
    private IMemoryOwner<byte>? _closed;
    private int _closedBytes;
    private int _closedRecords;

    /// <summary>Records so far.</summary>
    public int Records => _closedRecords + _builder.RecordCount;

    /// <summary>Bytes that the append will have.</summary>
    public int Bytes => _closedBytes + (_builder.RecordCount > 0 ? _builder.EstimatedBytes : 0);

    /// <summary>Adds a record.</summary>
    /// <exception cref="RequestRejectedException">It does not fit into a batch.</exception>
    public void Append(ProduceRecord record, long timestampMs, RecordPlace where)
    {
        var bytes = RecordBatchBuilder.MaxRecordBytes(record.Key?.Length ?? 0, record.Value?.Length ?? 0, record.Headers);
        if (!oneBatch && _builder.RecordCount > 0 && _builder.EstimatedBytes + bytes > Math.Min(TargetBatchBytes, maxBatchBytes))
            CloseBatch();

        // Not even copied when it is hopeless: the bound above is at most some 40 bytes too high.
        if (bytes > maxBatchBytes + 64L)
            throw TooLarge(where, bytes);
        _builder.Append(timestampMs, record.Key, record.Value, record.Headers);
        if (_builder.EstimatedBytes <= maxBatchBytes)
            return;

        // Only a record alone in its batch gets here, or one of a request that fails as a whole: what came before stays whole.
        var problem = TooLarge(where, _builder.EstimatedBytes);
        _builder.Reset();
        throw problem;
    }

    /// <summary>The whole batches. Valid until the next call of another member.</summary>
    public ReadOnlyMemory<byte> Build()
    {
        if (_closedBytes == 0)
            return _builder.Build();
        if (_builder.RecordCount > 0)
            CloseBatch();
        return _closed!.Memory[.._closedBytes];
    }

    public void Reset()
    {
        _builder.Reset();
        (_closedBytes, _closedRecords) = (0, 0);
    }

    public void Dispose()
    {
        _builder.Dispose();
        _closed?.Dispose();
        _closed = null;
    }

    private void CloseBatch()
    {
        var batch = _builder.Build();
        Reserve(_closedBytes + batch.Length);
        batch.CopyTo(_closed.Memory[_closedBytes..]);
        _closedBytes += batch.Length;
        _closedRecords += _builder.RecordCount;
        _builder.Reset();
    }

    [MemberNotNull(nameof(_closed))]
    private void Reserve(int bytes)
    {
        if (_closed is not null && bytes <= _closed.Memory.Length)
            return;
        var bigger = BrokerMemory.Rent((int)Math.Min(Math.Max(bytes, 2L * (_closed?.Memory.Length ?? 0)), Array.MaxLength));
        _closed?.Memory[.._closedBytes].CopyTo(bigger.Memory);
        _closed?.Dispose();
        _closed = bigger;
    }

    private RequestRejectedException TooLarge(RecordPlace where, long bytes) =>
        new(Problem.From(ErrorCode.MessageTooLarge, oneBatch && Records > 1
            ? $"The records of a conditional or idempotent request make one batch; with {where} it takes {bytes} bytes, and the limit "
                + $"(max.message.bytes) is {maxBatchBytes}."
            : $"As a batch {where} takes {bytes} bytes; the limit (max.message.bytes) is {maxBatchBytes}."));
}
