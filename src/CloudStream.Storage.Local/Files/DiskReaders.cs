using System.Collections.Concurrent;
using CloudStream.Storage.Objects;
using Microsoft.Win32.SafeHandles;

namespace CloudStream.Storage.Local.Files;

/// <summary>
/// Threads that wait for the disk: past the page cache, or to fill it. On the thread pool such a read would keep a processor's worth of
/// other work waiting with it. A few of them are all that a disk needs to be busy. They start with the first read. Thread-safe.
/// </summary>
internal sealed class DiskReaders(DirectTransfers direct) : IDisposable
{
    private const int Threads = 3;

    // What a disk has been asked for, an fsync waits for. So a read is no longer than it takes to use the disk's rate.
    private const int ReadBytes = 512 * 1024;

    // What is copied out of the page cache to be looked at is still in the processor's own cache then.
    private const int ScanBytes = 64 * 1024;

    private readonly BlockingCollection<IRequest> _requests = [];
    private readonly Lock _lock = new();
    private readonly List<Thread> _threads = [];
    private bool _isClosed;

    /// <summary>
    /// Reads bytes, or up to the end of the file, to somewhere in <paramref name="room"/> (<see cref="DirectTransfers.Read"/>).
    /// </summary>
    /// <returns>Where they are; null when the file system does not take it.</returns>
    /// <exception cref="ObjectDisposedException">The file has been closed to make room for others, or the store has.</exception>
    public Task<Memory<byte>?> ReadAsync(SafeFileHandle file, int length, Memory<byte> room, long position)
    {
        var request = new DirectRead(direct, file, length, room, position);
        Add(request);
        return request.Task;
    }

    /// <summary>Shows a run of a file to a scan, through the page cache and in pieces that stay in a processor's cache.</summary>
    /// <param name="file">The file.</param>
    /// <param name="position">Where the run begins.</param>
    /// <param name="length">How many bytes it has.</param>
    /// <param name="scan">Who looks at it; null to fill the page cache alone.</param>
    /// <returns>False when the file ends before.</returns>
    /// <exception cref="ObjectDisposedException">The store has been closed.</exception>
    public Task<bool> TryScanAsync(SafeFileHandle file, long position, int length, IFileScan? scan)
    {
        var request = new CachedScan(file, position, length, scan);
        Add(request);
        return request.Task;
    }

    /// <summary>Finishes the reads that wait.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isClosed)
                return;
            _isClosed = true;
            _requests.CompleteAdding();
        }

        foreach (var thread in _threads)
            thread.Join();
        _requests.Dispose();
    }

    private void Add(IRequest request)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (_threads.Count < Threads)
                Start();
            _requests.Add(request);
        }
    }

    private void Start()
    {
        var thread = new Thread(Run) { Name = "cloudstream-reads", IsBackground = true };
        _threads.Add(thread);
        thread.Start();
    }

    private void Run()
    {
        using var buffer = new AlignedBuffer(ReadBytes);
        foreach (var request in _requests.GetConsumingEnumerable())
            request.Run(buffer);
    }

    private interface IRequest
    {
        void Run(AlignedBuffer buffer);
    }

    private sealed class DirectRead(DirectTransfers direct, SafeFileHandle file, int length, Memory<byte> room, long position)
        : TaskCompletionSource<Memory<byte>?>(TaskCreationOptions.RunContinuationsAsynchronously), IRequest
    {
        public void Run(AlignedBuffer buffer)
        {
            try
            {
                SetResult(direct.Read(file, buffer, length, room, position));
            }
            catch (Exception e)
            {
                SetException(e);
            }
        }
    }

    private sealed class CachedScan(SafeFileHandle file, long position, int length, IFileScan? scan)
        : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously), IRequest
    {
        public void Run(AlignedBuffer buffer)
        {
            try
            {
                if (scan is null)
                    PageCache.Fill(file, position, length);
                SetResult(scan is null || Scan(buffer.Span[..ScanBytes], scan));
            }
            catch (Exception e)
            {
                SetException(e);
            }
        }

        private bool Scan(Span<byte> buffer, IFileScan scan)
        {
            for (var done = 0; done < length;)
            {
                var count = RandomAccess.Read(file, buffer[..Math.Min(buffer.Length, length - done)], position + done);
                if (count == 0)
                    return false;
                if (!scan.Add(buffer[..count]))
                    return true;
                done += count;
            }

            return true;
        }
    }
}
