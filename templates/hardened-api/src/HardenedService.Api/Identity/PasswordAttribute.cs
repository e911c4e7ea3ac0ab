using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Validation;

namespace HardenedService.Api.Identity;

/// <summary>
/// A password that someone chooses (NIST SP 800-63B, section 3.1.1.2): 15 to 256 characters counted after normalisation, and no rules
/// about which ones.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NewPasswordAttribute() : ValidationAttribute("A password has 15 to 256 characters; a few words with spaces make a good one."), ITextRule
{
    public int MinLength => NewPasswordRules.MinLength;

    public int MaxLength => Passwords.MaxLength;

    public string Format => "password";

    public override bool IsValid(object? value) =>
        value is null || (value is string password && Passwords.Length(password) is { } length && length >= MinLength && length <= MaxLength);
}

/// <summary>
/// A password that someone chooses for an account that may have a second factor: 8 to 256 characters. The handler, which knows whether it
/// has, asks for more (<see cref="NewPasswordRules"/>).
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ChangedPasswordAttribute() : ValidationAttribute("A password has 15 to 256 characters, 8 with a second factor."), ITextRule
{
    public int MinLength => NewPasswordRules.MinLengthWithMfa;

    public int MaxLength => Passwords.MaxLength;

    public string Format => "password";

    public override bool IsValid(object? value) =>
        value is null || (value is string password && Passwords.Length(password) is { } length && length >= MinLength && length <= MaxLength);
}

/// <summary>A password that someone enters. Only an absurd one is refused, before it costs a hash.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PasswordAttribute() : ValidationAttribute("A password has at most 256 characters."), ITextRule
{
    public int MaxLength => Passwords.MaxLength;

    public string Format => "password";

    public override bool IsValid(object? value) =>
        value is null || (value is string password && Passwords.Length(password) is { } length && length <= MaxLength);
}
