// Owns: finding the source file of a method, in the symbols beside its assembly.

using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace TinyHost.MainPath;

internal static class SourceFiles
{
    private const BindingFlags AllMembers =
        BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>The files under <c>src/</c> that hold these methods, each once, in order.</summary>
    internal static IReadOnlyCollection<string> Of(Assembly assembly, IEnumerable<CompiledMethod> methods)
    {
        using var symbols = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(Path.ChangeExtension(assembly.Location, ".pdb")));
        var reader = symbols.GetMetadataReader();
        var files = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var method in methods)
        {
            if (IsOf(assembly, method) && DocumentOf(reader, method.Token) is { } file && !file.Contains("/obj/", StringComparison.Ordinal))
            {
                files.Add(file[(file.LastIndexOf("/src/", StringComparison.Ordinal) + 1)..]);
            }
        }

        return files;
    }

    // A token means something in its own assembly alone.
    private static bool IsOf(Assembly assembly, CompiledMethod method) =>
        assembly.GetType(method.Type) is { } type
        && type.GetMembers(AllMembers)
            .Any(member => member is MethodBase && member.MetadataToken == method.Token && member.Name == method.Name);

    private static string? DocumentOf(MetadataReader reader, int token)
    {
        var handle = (MethodDefinitionHandle)MetadataTokens.EntityHandle(token);
        var method = reader.GetMethodDebugInformation(handle.ToDebugInformationHandle());
        var document = !method.Document.IsNil ? method.Document
            : method.SequencePointsBlob.IsNil ? default
            : method.GetSequencePoints().First().Document;
        return document.IsNil ? null : reader.GetString(reader.GetDocument(document).Name).Replace('\\', '/');
    }
}
