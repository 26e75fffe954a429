namespace CloudStream.Storage.Local;

/// <summary>Both stores of one folder: objects in <c>objects/</c>, registers in <c>registers.db</c>. Several processes may open the same folder.</summary>
public sealed class LocalStores : IDisposable
{
    private LocalStores(LocalObjectStore objects, SqliteMetadataStore metadata) => (Objects, Metadata) = (objects, metadata);

    /// <summary>The object store.</summary>
    public LocalObjectStore Objects { get; }

    /// <summary>The metadata store.</summary>
    public SqliteMetadataStore Metadata { get; }

    /// <summary>Opens the stores of a folder, creating it where there is none.</summary>
    /// <exception cref="StoreException"><see cref="StoreErrorKind.Refused"/> when the folder cannot be used.</exception>
    public static LocalStores Open(string folder, LocalStoreOptions? options = null)
    {
        options ??= new LocalStoreOptions();
        var objects = new LocalObjectStore(Path.Combine(folder, "objects"), options);
        try
        {
            return new LocalStores(objects, new SqliteMetadataStore(Path.Combine(folder, "registers.db"), options));
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
}
