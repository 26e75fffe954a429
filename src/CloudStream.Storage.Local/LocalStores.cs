using CloudStream.Storage.Local.Files;
using CloudStream.Storage.Local.Objects;
using CloudStream.Storage.Local.Options;
using CloudStream.Storage.Local.Registers;

namespace CloudStream.Storage.Local;

/// <summary>
/// Both stores of one folder: objects in <c>objects/</c>, registers in <c>registers.db</c>. Several processes may open the same folder.
/// </summary>
public sealed class LocalStores : IDisposable
{
    private LocalStores(LocalObjectStore objects, SqliteMetadataStore metadata) => (Objects, Metadata) = (objects, metadata);

    /// <summary>The object store.</summary>
    public LocalObjectStore Objects { get; }

    /// <summary>The metadata store.</summary>
    public SqliteMetadataStore Metadata { get; }

    /// <summary>Opens the stores of a folder, creating it where there is none.</summary>
    /// <exception cref="StoreException"><see cref="StoreErrorKind.Refused"/> when the folder cannot be used, or its registers are
    /// gone; <see cref="StoreErrorKind.NotWritable"/> when the disk has no room for a new one, and then none is made.</exception>
    public static LocalStores Open(string folder, LocalStoreOptions? options = null)
    {
        options ??= new LocalStoreOptions();
        options.Validate();
        var registers = Path.Combine(folder, "registers.db");
        FailIfOnlyObjectsAreLeft(Path.Combine(folder, "objects"), registers);
        var reserve = options.KeepReserve ? new DiskReserve(folder) : null;
        reserve?.RequireRoomForFolder();
        if (Directory.Exists(folder))
            reserve?.Prepare();
        var objects = new LocalObjectStore(Path.Combine(folder, "objects"), options, reserve);
        SqliteMetadataStore? metadata = null;
        try
        {
            metadata = new SqliteMetadataStore(registers, options, reserve);
            reserve?.Prepare();
            PosixFile.FlushFolder(folder); // Before there is any object: objects without registers are taken for a loss.
            return new LocalStores(objects, metadata);
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            metadata?.Dispose();
            objects.Dispose();
            throw FileFailure.AsStoreException(e, $"flushing the folder '{folder}'", StoreErrorKind.Refused);
        }
        catch
        {
            objects.Dispose();
            throw;
        }
    }

    /// <summary>Finishes the writes that wait and closes both stores.</summary>
    public void Dispose()
    {
        Objects.Dispose();
        Metadata.Dispose();
    }

    // Before anything is made: a new database would be in the way of the one that is restored, and would throw away a WAL that is still
    // there. Objects are looked for first, as another process that has just made the folder makes the database before them.
    private static void FailIfOnlyObjectsAreLeft(string objects, string registers)
    {
        try
        {
            if (LocalObjectStore.FindFile(objects) is { } found && !File.Exists(registers))
                throw new StoreException(StoreErrorKind.Refused,
                    $"it holds objects (such as '{found}') but no registers.db; nothing was changed. Restore registers.db, or choose "
                        + "another folder");
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            throw FileFailure.AsStoreException(e, $"looking into '{objects}'", StoreErrorKind.Refused);
        }
    }
}
