int x;
int y = *z;
