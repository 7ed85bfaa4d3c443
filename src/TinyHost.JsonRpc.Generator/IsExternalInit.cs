// Owns: the type that the compiler needs for records and that .NET Standard 2.0 lacks.

namespace System.Runtime.CompilerServices;

/// <summary>Marks init accessors.</summary>
internal static class IsExternalInit;
