using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;

namespace CloudStream.Storage.Local.Files;

/// <summary>
/// Threads that read past the page cache: such a read waits for the disk, and on the thread pool it would keep a processor's worth of other
/// work waiting with it. A few of them are all that a disk needs to be busy. They start with the first read. Thread-safe.
/// </summary>
internal sealed class DirectReaders(DirectTransfers direct) : IDisposable
{
    private const int Threads = 3;

    // What a disk has been asked for, an fsync waits for. So a read is no longer than it takes to use the disk's rate.
    private const int ReadBytes = 512 * 1024;

    private readonly BlockingCollection<Request> _requests = [];
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
        var request = new Request(file, length, room, position);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (_threads.Count < Threads)
                Start();
            _requests.Add(request);
        }

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
        {
            try
            {
                request.SetResult(direct.Read(request.File, buffer, request.Length, request.Room, request.Position));
            }
            catch (Exception e)
            {
                request.SetException(e);
            }
        }
    }

    private sealed class Request(SafeFileHandle file, int length, Memory<byte> room, long position)
        : TaskCompletionSource<Memory<byte>?>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public SafeFileHandle File => file;

        public int Length => length;

        public Memory<byte> Room => room;

        public long Position => position;
    }
}
