export interface LockedPackage {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  devOptional?: boolean;
}

export function missingPackages(
  lock: { packages: Record<string, LockedPackage> },
  installed: { packages: Record<string, { version?: string }> } | undefined,
  wanted: { withTests: boolean },
): string[];

export function chooseNode(machine: { version: string; platform: string; arch: string }): 'own' | 'package' | 'missing';
