using Microsoft.Win32.SafeHandles;

namespace CloudStream.Storage.Local.Files;

/// <summary>
/// Files kept open for reading and marking, the least recently used closed first. Thread-safe. A handle may be closed under its user, who
/// then gets an <see cref="ObjectDisposedException"/> and asks again; reads already under way finish.
/// </summary>
internal sealed class OpenFiles(int capacity, DirectTransfers direct) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<OpenFile>> _files = new(StringComparer.Ordinal);
    private readonly LinkedList<OpenFile> _byUse = new();
    private bool _closed;

    /// <summary>The open file; null when there is no such file.</summary>
    public SafeFileHandle? TryOpen(string path)
    {
        lock (_lock)
        {
            if (_files.TryGetValue(path, out var known))
            {
                _byUse.Remove(known);
                _byUse.AddFirst(known);
                return known.Value.Handle;
            }
        }

        try
        {
            return Add(path, File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>
    /// The same file for reading past the page cache; null when that cannot be had. Only for files that <see cref="TryOpen"/> has just
    /// given out.
    /// </summary>
    public SafeFileHandle? TryOpenDirect(string path)
    {
        lock (_lock)
        {
            // What is open already is of no more use once the file system has refused a transfer.
            if (direct.AreOff || !_files.TryGetValue(path, out var known))
                return null;
            return known.Value.Direct ??= direct.TryOpen(path, FileAccess.Read);
        }
    }

    /// <summary>Closes a file that has been deleted, so that its space is free.</summary>
    public void Close(string path)
    {
        lock (_lock)
        {
            if (_files.Remove(path, out var node))
            {
                _byUse.Remove(node);
                node.Value.Dispose();
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
            foreach (var file in _byUse)
                file.Dispose();
            _byUse.Clear();
            _files.Clear();
        }
    }

    private SafeFileHandle Add(string path, SafeFileHandle handle)
    {
        lock (_lock)
        {
            if (_closed)
            {
                handle.Dispose();
                return handle; // Its user finds it closed, as it would a moment later.
            }

            if (_files.TryGetValue(path, out var known))
            {
                handle.Dispose();
                return known.Value.Handle;
            }

            _files.Add(path, _byUse.AddFirst(new OpenFile(path, handle)));
            if (_files.Count > capacity)
            {
                var oldest = _byUse.Last!;
                _byUse.RemoveLast();
                _files.Remove(oldest.Value.Path);
                oldest.Value.Dispose();
            }

            return handle;
        }
    }

    private sealed class OpenFile(string path, SafeFileHandle handle) : IDisposable
    {
        public string Path => path;

        public SafeFileHandle Handle => handle;

        public SafeFileHandle? Direct { get; set; }

        public void Dispose()
        {
            handle.Dispose();
            Direct?.Dispose();
        }
    }
}
