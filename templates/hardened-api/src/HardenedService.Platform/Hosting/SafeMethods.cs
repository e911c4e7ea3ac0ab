using Microsoft.AspNetCore.Http;

namespace HardenedService.Platform.Hosting;

/// <summary>The methods that ask for nothing to be changed (RFC 9110, section 9.2.1), of those that are let in.</summary>
internal static class SafeMethods
{
    public static bool Contain(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);
}
