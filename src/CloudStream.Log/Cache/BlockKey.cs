using CloudStream.Storage.Objects;

namespace CloudStream.Log.Cache;

/// <summary>Names a block: objects are immutable and their names never reused, so it stands for the same bytes for ever.</summary>
/// <param name="Shard">The shard whose object it is.</param>
/// <param name="Object">The object.</param>
/// <param name="Position">Where it begins in the object; <see cref="Directory"/> for the object's directory.</param>
/// <param name="MayStayInFile">Whether it is for those who can send from files: then its bytes need not be in memory.</param>
internal readonly record struct BlockKey(int Shard, ObjectRef Object, long Position, bool MayStayInFile = false)
{
    /// <summary>Stands for an object's directory.</summary>
    public const long Directory = -1;

    /// <summary>The object's name in the store.</summary>
    public string ObjectName => Object.NameIn(Shard);
}
