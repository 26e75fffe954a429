using System.Reflection;
using CloudStream.Cluster.Groups;

namespace CloudStream.Http.Tests.Hosting;

/// <summary>Groups that do as a test says where it says something; everything else is the real ones'.</summary>
public class ScriptedGroups : DispatchProxy
{
    private IGroups _inner = null!;
    private Func<object?[], object?> _script = null!;

    /// <summary>Wraps groups; <paramref name="script"/> gets a call's arguments and says what it returns instead, or throws; null lets it
    /// happen.</summary>
    public static IGroups Wrap(IGroups inner, Func<object?[], object?> script)
    {
        var groups = Create<IGroups, ScriptedGroups>();
        (((ScriptedGroups)groups)._inner, ((ScriptedGroups)groups)._script) = (inner, script);
        return groups;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        _script(args!) ?? targetMethod!.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
}
