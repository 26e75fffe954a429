using CloudStream.Storage.Objects;

namespace CloudStream.Log.State;

/// <summary>What a trash item stands for.</summary>
public enum TrashKind : byte
{
    /// <summary>The object itself.</summary>
    Object = 0,

    /// <summary>The objects that this merged object replaced, as its directory lists them; not the merged object.</summary>
    InputsOf = 1,

    /// <summary>An index page and everything below it.</summary>
    PageTree = 2,
}

/// <summary>
/// Something that the state no longer refers to and that is deleted after a grace period, in list order. The grace is measured on the
/// deleter's own monotonic clock from when it first saw the item; the time here is for people.
/// </summary>
/// <param name="Kind">What is dead.</param>
/// <param name="Object">The object that names it.</param>
/// <param name="Version">
/// The version that it died in. It may be deleted only once the checkpoint has reached that version: until then the journal's tail may
/// hold entries whose directories lie in the dead object, and a recovery would have to read them.
/// </param>
/// <param name="AtMs">Writer's clock when it died, milliseconds.</param>
public readonly record struct TrashItem(TrashKind Kind, ObjectRef Object, long Version, long AtMs);
